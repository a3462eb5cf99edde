package io.github.ift4j.jlama.text.jinja;

import io.github.ift4j.jlama.text.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the statements of a template once. */
final class Renderer {
    /** How a body ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private final StringBuilder page = new StringBuilder();
    private final List<TextSpan> generations = new ArrayList<>();
    private StringBuilder out = page;

    Renderer(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    Rendering render(List<Statement> template, Scope scope) {
        run(template, scope);
        return new Rendering(page.toString(), generations);
    }

    Object evaluate(Expression expression, Scope scope) {
        return evaluator.evaluate(expression, scope);
    }

    /** What the statements write. */
    String captured(List<Statement> body, Scope scope) {
        StringBuilder outer = out;
        out = new StringBuilder();
        run(body, scope);
        String text = out.toString();
        out = outer;
        return text;
    }

    private Flow run(List<Statement> body, Scope scope) {
        budget.enter();
        Flow flow = Flow.ON;
        for (int i = 0; i < body.size() && flow == Flow.ON; i++) {
            Statement statement = body.get(i);
            budget.step();
            try {
                flow = run(statement, scope);
            } catch (TemplateException e) {
                throw e.at(statement.line());
            }
        }
        budget.leave();
        return flow;
    }

    private Flow run(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Text text -> write(text.text());
            case Statement.Print print -> write(evaluator.printer().str(evaluator.evaluate(print.value(), scope)));
            case Statement.Set set -> assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            case Statement.SetBlock set -> setBlock(set, scope);
            case Statement.MacroDefinition macro ->
                scope.set(macro.signature().name(), new Macro(macro.signature(), macro.body(), scope, this));
            case Statement.CallBlock call -> write(evaluator.printer().str(callBlock(call, scope)));
            case Statement.FilterBlock filter ->
                write(evaluator
                        .printer()
                        .str(evaluator.filterBlock(filter.filter(), captured(filter.body(), new Scope(scope)), scope)));
            case Statement.Break b -> {
                return Flow.BREAK;
            }
            case Statement.Continue c -> {
                return Flow.CONTINUE;
            }
            case Statement.If choice -> {
                return choose(choice, scope);
            }
            case Statement.With with -> {
                return run(with.body(), withScope(with, scope));
            }
            case Statement.Generation generation -> {
                return generation(generation, scope);
            }
            case Statement.For loop -> loop(loop, evaluator.evaluate(loop.iterable(), scope), 0, scope);
        }
        return Flow.ON;
    }

    private void write(String text) {
        budget.chars(text.length());
        out.append(text);
    }

    private Flow choose(Statement.If choice, Scope scope) {
        for (Statement.Branch branch : choice.branches()) {
            if (evaluator.isTrue(branch.test(), scope)) {
                return run(branch.body(), scope);
            }
        }
        return run(choice.orElse(), scope);
    }

    private void loop(Statement.For loop, Object iterable, int depth, Scope scope) {
        List<Object> items = Values.items(iterable, budget);
        if (loop.filter() != null) {
            items = items.stream()
                    .filter(item -> {
                        Scope test = new Scope(scope);
                        assign(loop.target(), item, test);
                        return evaluator.isTrue(loop.filter(), test);
                    })
                    .toList();
        }
        LoopContext context = new LoopContext(
                items,
                depth,
                evaluator.operators(),
                loop.recursive() ? (inner, level) -> again(loop, inner, level, scope) : null);
        for (Object item : items) {
            budget.step();
            context.next();
            Scope iteration = new Scope(scope);
            iteration.set("loop", context);
            assign(loop.target(), item, iteration);
            if (run(loop.body(), iteration) == Flow.BREAK) {
                break;
            }
        }
        if (items.isEmpty()) {
            run(loop.orElse(), new Scope(scope));
        }
    }

    private String again(Statement.For loop, Object iterable, int depth, Scope scope) {
        budget.enter();
        StringBuilder outer = out;
        out = new StringBuilder();
        loop(loop, iterable, depth, scope);
        String text = out.toString();
        out = outer;
        budget.leave();
        return text;
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.NamespaceField field -> {
                if (!(scope.get(field.namespace()) instanceof Namespace namespace)) {
                    throw new TemplateException("cannot assign to an attribute of what is no namespace");
                }
                namespace.fields().put(field.field(), value);
            }
            case Target.Unpacked unpacked -> {
                Operators.failIfUndefined(value);
                List<Object> items = Values.items(value, budget);
                if (items.size() != unpacked.targets().size()) {
                    throw new TemplateException("cannot unpack %d values into %d names"
                            .formatted(items.size(), unpacked.targets().size()));
                }
                for (int i = 0; i < items.size(); i++) {
                    assign(unpacked.targets().get(i), items.get(i), scope);
                }
            }
        }
    }

    private void setBlock(Statement.SetBlock set, Scope scope) {
        String text = captured(set.body(), new Scope(scope));
        Object value = set.filter() == null ? text : evaluator.filterBlock(set.filter(), text, scope);
        assign(set.target(), value, scope);
    }

    private Scope withScope(Statement.With with, Scope scope) {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++) {
            assign(with.targets().get(i), evaluator.evaluate(with.values().get(i), scope), inner);
        }
        return inner;
    }

    private Object callBlock(Statement.CallBlock block, Scope scope) {
        Object callee = evaluator.evaluate(block.call().callee(), scope);
        Arguments arguments = evaluator.arguments(block.call().arguments(), scope);
        Map<String, Object> keywords = new LinkedHashMap<>(arguments.keywords());
        keywords.put("caller", new Macro(block.caller(), block.body(), scope, this));
        return evaluator.call(callee, new Arguments(arguments.positional(), keywords));
    }

    /** The place of the text can be told only where it goes straight to the page. */
    private Flow generation(Statement.Generation generation, Scope scope) {
        int start = page.length();
        Flow flow = run(generation.body(), new Scope(scope));
        if (out == page) {
            generations.add(new TextSpan(start, page.length()));
        }
        return flow;
    }
}
