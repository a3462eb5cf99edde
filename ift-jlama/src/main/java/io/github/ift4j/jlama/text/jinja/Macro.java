package io.github.ift4j.jlama.text.jinja;

import io.github.ift4j.jlama.text.jinja.Statement.MacroSignature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro with the scope that it was defined in. */
final class Macro implements Callable, Members {
    private static final String CALLER = "caller";

    private final MacroSignature signature;
    private final List<Statement> body;
    private final Scope definition;
    private final Renderer renderer;

    Macro(MacroSignature signature, List<Statement> body, Scope definition, Renderer renderer) {
        this.signature = signature;
        this.body = body;
        this.definition = definition;
        this.renderer = renderer;
    }

    @Override
    public Object member(String name) {
        return name.equals("name") ? signature.name() : null;
    }

    @Override
    public Object call(Arguments arguments) {
        Scope scope = new Scope(definition);
        Map<String, Object> keywords = new LinkedHashMap<>(arguments.keywords());
        List<String> parameters = signature.parameters();
        int given = Math.min(parameters.size(), arguments.positional().size());
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i);
            if (i < given) {
                scope.set(name, arguments.positional().get(i));
            } else if (keywords.containsKey(name)) {
                scope.set(name, keywords.remove(name));
            } else {
                scope.set(name, defaultOf(i, scope));
            }
        }
        if (signature.usesCaller() && !parameters.contains(CALLER)) {
            Object caller = keywords.remove(CALLER);
            scope.set(CALLER, caller == null ? new Undefined("no caller is defined") : caller);
        }
        takeRest(arguments, keywords, scope);
        return renderer.captured(body, scope);
    }

    private Object defaultOf(int parameter, Scope scope) {
        int index = parameter
                - (signature.parameters().size() - signature.defaults().size());
        return index < 0
                ? new Undefined("parameter '%s' was not provided"
                        .formatted(signature.parameters().get(parameter)))
                : renderer.evaluate(signature.defaults().get(index), scope);
    }

    private void takeRest(Arguments arguments, Map<String, Object> keywords, Scope scope) {
        if (signature.usesKwargs()) {
            scope.set("kwargs", new LinkedHashMap<Object, Object>(keywords));
        } else if (!keywords.isEmpty()) {
            throw new TemplateException("macro '%s' takes no argument '%s'"
                    .formatted(signature.name(), keywords.keySet().iterator().next()));
        }
        int most = signature.parameters().size();
        if (signature.usesVarargs()) {
            scope.set("varargs", new Tuple(arguments.skip(most).positional()));
        } else if (arguments.positional().size() > most) {
            throw new TemplateException("macro '%s' takes at most %d arguments".formatted(signature.name(), most));
        }
    }
}
