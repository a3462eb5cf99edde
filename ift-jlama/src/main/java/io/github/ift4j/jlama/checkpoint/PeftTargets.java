package io.github.ift4j.jlama.checkpoint;

import com.google.common.base.Preconditions;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which modules of a model an adapter changes, as PEFT's {@code target_modules} says it. */
public sealed interface PeftTargets {
    /** PEFT's word for {@link AllLinear}. */
    String ALL_LINEAR = "all-linear";

    /**
     * Whether a linear layer is among them.
     *
     * @param module full name of the layer, such as {@code model.layers.0.self_attn.q_proj}
     * @throws CheckpointException when a pattern cannot be followed
     */
    boolean matches(String module);

    /**
     * The modules of those names, and those whose names end in a dot and one of them.
     *
     * @param names names such as {@code q_proj}, at least one
     */
    record Named(Set<String> names) implements PeftTargets {
        public Named {
            names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
            Preconditions.checkArgument(!names.isEmpty(), "target_modules names no module");
        }

        /** The given names. */
        public static Named of(String... names) {
            return new Named(new LinkedHashSet<>(List.of(names)));
        }

        @Override
        public boolean matches(String module) {
            return names.contains(module) || names.stream().anyMatch(name -> module.endsWith("." + name));
        }
    }

    /**
     * The modules whose whole name a regular expression of Python's describes. Without look-around, references to groups and
     * flags; that is said when a name is to be matched, since an adapter that exists says itself which modules it changes.
     *
     * @param expression the expression
     */
    record Pattern(String expression) implements PeftTargets {
        @Override
        public boolean matches(String module) {
            try {
                return ModulePattern.of(expression).matches(module);
            } catch (IllegalArgumentException e) {
                throw new CheckpointException(
                        "target_modules " + Names.quote(expression) + ": " + e.getMessage()
                                + "; name the modules instead",
                        e);
            }
        }
    }

    /** Every linear layer but the output head; which layers are linear the caller knows, so that all names match. */
    record AllLinear() implements PeftTargets {
        @Override
        public boolean matches(String module) {
            return true;
        }
    }
}
