package io.github.ift4j.jlama.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Keeps the vector API's bounds checks on.
 *
 * <p>The vector API reads the property once, when its first access is checked. Jlama's provider sets it to 0; that has no
 * effect on a vector API that is already initialised.
 */
final class VectorBoundsCheck {
    private static final String PROPERTY = "jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK";

    private VectorBoundsCheck() {}

    /** Initialises the vector API with its checks on; warns when something else has initialised it with them off. */
    static void pin() {
        String configured = System.clearProperty(PROPERTY);
        boolean enforced = isEnforced();
        if (configured != null) {
            System.setProperty(PROPERTY, configured);
        }
        if (!enforced) {
            System.getLogger(VectorApi.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "Jlama was started first and has switched off the bounds checks of vector accesses for this"
                                    + " JVM; call VectorApi.require() before the first use of Jlama to keep them");
        }
    }

    /**
     * Whether the vector API checks its accesses. Without its check this one still fails in the interpreter, which runs it as
     * a loop over the array and so throws the array's own exception.
     */
    static boolean isEnforced() {
        VectorSpecies<Float> species = FloatVector.SPECIES_PREFERRED;
        try {
            FloatVector.fromArray(species, new float[species.length()], 1);
            return false;
        } catch (ArrayIndexOutOfBoundsException e) {
            return false;
        } catch (IndexOutOfBoundsException e) {
            return true;
        }
    }
}
