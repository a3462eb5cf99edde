package io.github.ift4j.jlama.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;

/**
 * oneDNN's matmul primitive of one shape, bfloat16 times bfloat16 to float32, for operands anywhere in memory; different workers may run
 * it at the same time.
 */
final class OneDnnProduct implements AutoCloseable {
    /** The size of oneDNN's struct of an argument's number and a pointer to its memory object. */
    private static final int ARGUMENT_BYTES = 16;

    private static final int[] ARGUMENTS = {
        dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DST, dnnl.DNNL_ARG_SCRATCHPAD
    };

    private final OneDnn library;
    private final Arena arena = Arena.ofShared();
    private final dnnl_primitive primitive = new dnnl_primitive();
    private final long scratchBytes;
    /** By worker, then by argument. */
    private final dnnl_memory[][] memories;

    private final dnnl_exec_arg_t[] arguments;

    /**
     * C [m, n] = A [m, k] · B [k, n], or C += A · B, with element (r, c) of an operand r times its row stride and c times its column
     * stride, in elements, from its start.
     */
    record Shape(
            int m,
            int n,
            int k,
            long aRowStride,
            long aColStride,
            long bRowStride,
            long bColStride,
            long cRowStride,
            boolean accumulate) {}

    /**
     * @param workers how many may run it at the same time
     * @throws IllegalStateException when oneDNN has no such product for this processor
     */
    OneDnnProduct(OneDnn library, Shape shape, int workers) {
        this.library = library;
        memories = new dnnl_memory[workers][ARGUMENTS.length];
        arguments = new dnnl_exec_arg_t[workers];
        dnnl_memory_desc a = new dnnl_memory_desc();
        dnnl_memory_desc b = new dnnl_memory_desc();
        dnnl_memory_desc c = new dnnl_memory_desc();
        dnnl_post_ops operations = new dnnl_post_ops();
        dnnl_primitive_attr attributes = new dnnl_primitive_attr();
        dnnl_primitive_desc description = new dnnl_primitive_desc();
        try {
            describe(a, dnnl.dnnl_bf16, shape.m(), shape.k(), shape.aRowStride(), shape.aColStride());
            describe(b, dnnl.dnnl_bf16, shape.k(), shape.n(), shape.bRowStride(), shape.bColStride());
            describe(c, dnnl.dnnl_f32, shape.m(), shape.n(), shape.cRowStride(), 1);
            OneDnn.check("attributes", dnnl.dnnl_primitive_attr_create(attributes));
            OneDnn.check(
                    "scratch memory of ours",
                    dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user));
            if (shape.accumulate()) {
                OneDnn.check("operations", dnnl.dnnl_post_ops_create(operations));
                OneDnn.check(
                        "accumulating", dnnl.dnnl_post_ops_append_sum(operations, 1, 0, dnnl.dnnl_data_type_undef));
                OneDnn.check("attributes", dnnl.dnnl_primitive_attr_set_post_ops(attributes, operations));
            }
            OneDnn.check(
                    "a product in bfloat16",
                    dnnl.dnnl_matmul_primitive_desc_create(description, library.engine(), a, b, null, c, attributes));
            OneDnn.check("a product in bfloat16", dnnl.dnnl_primitive_create(primitive, description));
            dnnl_memory_desc scratch = dnnl.dnnl_primitive_desc_query_md(description, dnnl.dnnl_query_scratchpad_md, 0);
            scratchBytes = dnnl.dnnl_memory_desc_get_size(scratch);
            for (int worker = 0; worker < workers; worker++) {
                arguments[worker] = arguments(worker, a, b, c, scratch);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        } finally {
            dnnl.dnnl_primitive_desc_destroy(description);
            dnnl.dnnl_primitive_attr_destroy(attributes);
            dnnl.dnnl_post_ops_destroy(operations);
            dnnl.dnnl_memory_desc_destroy(c);
            dnnl.dnnl_memory_desc_destroy(b);
            dnnl.dnnl_memory_desc_destroy(a);
        }
    }

    private static void describe(
            dnnl_memory_desc description, int type, long rows, long cols, long rowStride, long colStride) {
        OneDnn.check(
                "the shape of a matrix",
                dnnl.dnnl_memory_desc_create_with_strides(
                        description, 2, new long[] {rows, cols}, type, new long[] {rowStride, colStride}));
    }

    /** The arguments lie in memory of ours, as JavaCPP refuses to allocate once the process is larger than it thinks right. */
    private dnnl_exec_arg_t arguments(int worker, dnnl_memory_desc... descriptions) {
        MemorySegment list = arena.allocate((long) ARGUMENT_BYTES * ARGUMENTS.length, Long.BYTES);
        for (int i = 0; i < ARGUMENTS.length; i++) {
            dnnl_memory memory = new dnnl_memory();
            OneDnn.check(
                    "a matrix",
                    dnnl.dnnl_memory_create(memory, descriptions[i], library.engine(), new OneDnn.Address(0)));
            memories[worker][i] = memory;
            long at = (long) i * ARGUMENT_BYTES;
            list.set(ValueLayout.JAVA_INT, at, ARGUMENTS[i]);
            list.set(ValueLayout.JAVA_LONG, at + Long.BYTES, memory.address());
        }
        return new dnnl_exec_arg_t(OneDnn.Address.of(list));
    }

    /** Bytes of scratch memory that a run needs. */
    long scratchBytes() {
        return scratchBytes;
    }

    /**
     * Computes the product of what lies at the given addresses.
     *
     * @param worker who runs it; no other may be this worker at the same time
     */
    void run(int worker, long a, long b, long c, long scratch) {
        dnnl_memory[] operands = memories[worker];
        place(operands[0], a);
        place(operands[1], b);
        place(operands[2], c);
        place(operands[3], scratch);
        OneDnn.check(
                "multiplying",
                dnnl.dnnl_primitive_execute(primitive, library.stream(), ARGUMENTS.length, arguments[worker]));
    }

    private static void place(dnnl_memory memory, long address) {
        OneDnn.check("a matrix", dnnl.dnnl_memory_set_data_handle(memory, new OneDnn.Address(address)));
    }

    @Override
    public void close() {
        for (dnnl_memory[] ofWorker : memories) {
            for (dnnl_memory memory : ofWorker) {
                if (memory != null) {
                    dnnl.dnnl_memory_destroy(memory);
                }
            }
        }
        if (!primitive.isNull()) {
            dnnl.dnnl_primitive_destroy(primitive);
        }
        arena.close();
    }
}
