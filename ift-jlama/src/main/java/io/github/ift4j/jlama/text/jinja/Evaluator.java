package io.github.ift4j.jlama.text.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Computes expressions. */
final class Evaluator {
    private final Budget budget;
    private final Operators operators;
    private final Printer printer;
    private final Slices slices;
    private final Attributes attributes;
    private final Filters filters;
    private final BuiltinTests tests;

    Evaluator(Budget budget) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.printer = new Printer(budget);
        this.slices = new Slices(budget);
        this.attributes = new Attributes(budget);
        this.filters = new Filters(budget, attributes);
        this.tests = new BuiltinTests(budget, filters);
    }

    Operators operators() {
        return operators;
    }

    Printer printer() {
        return printer;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.step();
        budget.enter();
        Object value = switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListLiteral list -> all(list.items(), scope);
            case Expression.TupleLiteral tuple -> new Tuple(all(tuple.items(), scope));
            case Expression.DictLiteral dict -> dict(dict, scope);
            case Expression.Unary unary -> operators.unary(unary.operator(), evaluate(unary.operand(), scope));
            case Expression.Not not -> !isTrue(not.operand(), scope);
            case Expression.Binary binary -> binary(binary, scope);
            case Expression.And and -> and(and, scope);
            case Expression.Or or -> or(or, scope);
            case Expression.Compare compare -> compare(compare, scope);
            case Expression.Concat concat -> concat(concat, scope);
            case Expression.Conditional conditional -> conditional(conditional, scope);
            case Expression.Attribute attribute ->
                attributes.attribute(evaluate(attribute.object(), scope), attribute.name());
            case Expression.Item item -> item(item, scope);
            case Expression.Slice slice -> throw new TemplateException("a slice stands only within [ ]");
            case Expression.Call call -> call(evaluate(call.callee(), scope), arguments(call.arguments(), scope));
            case Expression.Filter filter ->
                filters.apply(filter.name(), evaluate(filter.operand(), scope), arguments(filter.arguments(), scope));
            case Expression.Test test ->
                tests.holds(test.name(), evaluate(test.operand(), scope), arguments(test.arguments(), scope));
        };
        budget.leave();
        return value;
    }

    boolean isTrue(Expression expression, Scope scope) {
        return Values.isTrue(evaluate(expression, scope));
    }

    /** Filters the text of a block; the innermost operand of the filter is null. */
    Object filterBlock(Expression.Filter filter, String text, Scope scope) {
        Object value = filter.operand() instanceof Expression.Filter inner ? filterBlock(inner, text, scope) : text;
        return filters.apply(filter.name(), value, arguments(filter.arguments(), scope));
    }

    Object call(Object callee, Arguments arguments) {
        Operators.failIfUndefined(callee);
        if (callee instanceof Callable callable) {
            budget.scan(arguments);
            return callable.call(arguments);
        }
        throw new TemplateException("a value of type '%s' cannot be called".formatted(Values.typeName(callee)));
    }

    Arguments arguments(Expression.CallArguments arguments, Scope scope) {
        if (arguments == Expression.CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Object> positional = all(arguments.positional(), scope);
        Map<String, Object> keywords = new LinkedHashMap<>();
        for (Expression.Keyword keyword : arguments.keywords()) {
            keywords.put(keyword.name(), evaluate(keyword.value(), scope));
        }
        if (arguments.spread() != null) {
            positional.addAll(Values.items(evaluate(arguments.spread(), scope), budget));
        }
        if (arguments.spreadKeywords() != null) {
            if (!(evaluate(arguments.spreadKeywords(), scope) instanceof Map<?, ?> map)) {
                throw new TemplateException("** takes a dict");
            }
            budget.steps(map.size());
            map.forEach((name, value) -> keywords.put(printer.str(name), value));
        }
        return new Arguments(positional, keywords);
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Map<Object, Object> dict(Expression.DictLiteral literal, Scope scope) {
        // A dict takes several times the memory of its values.
        budget.steps(4 * (1L + literal.entries().size()));
        Map<Object, Object> dict = new LinkedHashMap<>();
        for (Expression.Entry entry : literal.entries()) {
            dict.put(Operators.key(evaluate(entry.key(), scope)), evaluate(entry.value(), scope));
        }
        return dict;
    }

    /** Long sums lean to the left, so the left side is walked, not recursed into. */
    private Object binary(Expression.Binary binary, Scope scope) {
        Deque<Expression.Binary> pending = new ArrayDeque<>();
        Expression left = binary;
        while (left instanceof Expression.Binary next) {
            pending.push(next);
            left = next.left();
        }
        Object value = evaluate(left, scope);
        while (!pending.isEmpty()) {
            Expression.Binary next = pending.pop();
            value = operators.binary(next.operator(), value, evaluate(next.right(), scope));
        }
        return value;
    }

    private Object and(Expression.And and, Scope scope) {
        Object left = evaluate(and.left(), scope);
        return Values.isTrue(left) ? evaluate(and.right(), scope) : left;
    }

    private Object or(Expression.Or or, Scope scope) {
        Object left = evaluate(or.left(), scope);
        return Values.isTrue(left) ? left : evaluate(or.right(), scope);
    }

    private boolean compare(Expression.Compare compare, Scope scope) {
        Object left = evaluate(compare.first(), scope);
        for (Expression.Operand operand : compare.operands()) {
            Object right = evaluate(operand.right(), scope);
            if (!operators.compare(operand.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private String concat(Expression.Concat concat, Scope scope) {
        StringBuilder out = new StringBuilder();
        for (Expression part : concat.parts()) {
            String text = printer.str(evaluate(part, scope));
            budget.chars(text.length());
            out.append(text);
        }
        return out.toString();
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (isTrue(conditional.test(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.orElse() == null
                ? new Undefined("the inline if is false and has no else")
                : evaluate(conditional.orElse(), scope);
    }

    private Object item(Expression.Item item, Scope scope) {
        Object object = evaluate(item.object(), scope);
        if (item.key() instanceof Expression.Slice slice) {
            return slices.slice(
                    object,
                    optional(slice.start(), scope),
                    optional(slice.stop(), scope),
                    optional(slice.step(), scope));
        }
        return attributes.item(object, evaluate(item.key(), scope));
    }

    private Object optional(Expression expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }
}
