package io.github.ift4j.jlama.kernel;

import com.google.common.base.Preconditions;
import io.github.ift4j.core.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Matrix products of oneDNN in bfloat16: both operands are rounded to bfloat16 (eight bits of precision), their products are added up in
 * float32, and what is accumulated into stays float32.
 *
 * <p>The result is divided into tiles, which depend on its size alone, and each thread multiplies tiles by itself, so that results do not
 * depend on the number of threads. Weights are rounded once and kept until {@link #weightsChanged}. Rows are filled up with zeros to
 * multiples, so that batches of different lengths share machine code, which takes milliseconds to make.
 *
 * <p>Products from inside parallel tasks and with packed weights are those of {@link VectorGemm}, in float32.
 */
public final class OneDnnGemm implements Gemm {
    /** Rows of a tile. */
    private static final int TILE_M = 128;
    /** About the columns of a tile. */
    private static final int TILE_N = 256;
    /** Columns of a tile are a multiple of this, but for the last tile's. */
    private static final int COLUMN_MULTIPLE = 32;
    /** Most rows that {@link Form#AT_B} adds up at a time. */
    private static final int DEPTH = 512;
    /** The last tile's rows are a multiple of this, some of them zero, and so are the last of those that are added up. */
    private static final int ROW_MULTIPLE = 32;
    /** Products of different shapes whose machine code is kept. */
    private static final int MAX_PRODUCTS = 512;

    private static final long ALIGNMENT = 64;

    private final Workers workers;
    private final VectorGemm exact;
    private final OneDnn library;
    private final Arena arena = Arena.ofShared();
    private final Map<OneDnnProduct.Shape, OneDnnProduct> products;
    /** By the address of the float32 weights. */
    private final Map<Long, Rounded> weights = new HashMap<>();

    private final Room left = new Room();
    private final Room right = new Room();
    private final Room[] edges;
    private final Room[] scratch;

    /**
     * @param workers the threads to run on; not closed with this object
     * @throws IllegalStateException when oneDNN or its products in bfloat16 are not there; says what to do
     */
    public OneDnnGemm(Workers workers) {
        this(workers, MAX_PRODUCTS);
    }

    /** @param maxProducts products of different shapes that are kept, at least the four kinds of tiles that one product has */
    OneDnnGemm(Workers workers, int maxProducts) {
        this.workers = workers;
        products = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<OneDnnProduct.Shape, OneDnnProduct> eldest) {
                boolean tooMany = size() > maxProducts;
                if (tooMany) {
                    eldest.getValue().close();
                }
                return tooMany;
            }
        };
        edges = rooms(workers.size());
        scratch = rooms(workers.size());
        library = open();
        exact = new VectorGemm(workers);
        try {
            product(new OneDnnProduct.Shape(1, 1, 1, 1, 1, 1, 1, 1, false));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static OneDnn open() {
        try {
            return new OneDnn();
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "oneDNN cannot be loaded (" + e + "): add the dependency org.bytedeco:dnnl-platform:3.11-1.5.13, or"
                            + " choose vector in place of onednn",
                    e);
        }
    }

    private Room[] rooms(int count) {
        Room[] rooms = new Room[count];
        for (int i = 0; i < count; i++) {
            rooms[i] = new Room();
        }
        return rooms;
    }

    @Override
    public String name() {
        return "onednn-bf16";
    }

    @Override
    public Gemm exact() {
        return exact;
    }

    @Override
    public void multiply(Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        multiply(form, a, b, false, c, accumulate);
    }

    @Override
    public void multiplyWeight(Form form, Matrix a, Matrix weight, Matrix c, boolean accumulate) {
        Preconditions.checkArgument(form != Form.AT_B, "the right operand of %s is no weight", form);
        multiply(form, a, weight, true, c, accumulate);
    }

    @Override
    public void weightsChanged(MemorySegment changed) {
        Rounded rounded = weights.get(changed.address());
        if (rounded != null) {
            rounded.current = false;
        }
    }

    @Override
    public long keptBytes(long weightBytes) {
        return weightBytes / Float.BYTES * Short.BYTES;
    }

    @Override
    public void multiply(int worker, Form form, Matrix a, Matrix b, Matrix c, boolean accumulate) {
        exact.multiply(worker, form, a, b, c, accumulate);
    }

    @Override
    public PackedWeights pack(Matrix b, Arena owner) {
        return exact.pack(b, owner);
    }

    @Override
    public PackedWeights pack(StoredWeights b, Arena owner) {
        return exact.pack(b, owner);
    }

    @Override
    public void multiplyPacked(Form form, Matrix a, PackedWeights b, Matrix c, boolean accumulate) {
        exact.multiplyPacked(form, a, b, c, accumulate);
    }

    @Override
    public void unpack(PackedWeights b, int first, Matrix to) {
        exact.unpack(b, first, to);
    }

    @Override
    public void close() {
        products.values().forEach(OneDnnProduct::close);
        library.close();
        exact.close();
        arena.close();
        left.close();
        right.close();
        for (int worker = 0; worker < workers.size(); worker++) {
            edges[worker].close();
            scratch[worker].close();
        }
    }

    private void multiply(Form form, Matrix a, Matrix b, boolean weight, Matrix c, boolean accumulate) {
        int m = form.m(a);
        int n = form.n(b);
        int k = form.k(a);
        if (c.rows() != m || c.cols() != n || form.kOfRight(b) != k || m == 0 || n == 0 || k == 0) {
            exact.multiply(form, a, b, c, accumulate);
            return;
        }
        int depth = form == Form.AT_B ? roundUp(k, ROW_MULTIPLE) : k;
        int leftRows = form == Form.AT_B ? depth : roundUp(m, ROW_MULTIPLE);
        MemorySegment leftNumbers = left.atLeast((long) leftRows * a.cols() * Short.BYTES);
        Bfloat16.round(workers, a, leftNumbers, leftRows);
        long rightAt;
        long rightStride;
        if (weight) {
            rightAt = rounded(b.segment()) + b.offset() * Short.BYTES;
            rightStride = b.stride();
        } else {
            int rightRows = form == Form.AT_B ? depth : b.rows();
            MemorySegment rightNumbers = right.atLeast((long) rightRows * b.cols() * Short.BYTES);
            Bfloat16.round(workers, b, rightNumbers, rightRows);
            rightAt = rightNumbers.address();
            rightStride = b.cols();
        }
        int step = form == Form.AT_B ? DEPTH : depth;
        try {
            for (int from = 0; from < depth; from += step) {
                new Product(
                                form,
                                m,
                                n,
                                Math.min(step, depth - from),
                                leftNumbers.address() + (long) from * a.cols() * Short.BYTES,
                                a.cols(),
                                rightAt + from * rightStride * Short.BYTES,
                                rightStride,
                                c,
                                accumulate || from > 0)
                        .run();
            }
        } finally {
            Reference.reachabilityFence(c);
        }
    }

    /** Where the bfloat16 numbers of a weight's memory are. */
    private long rounded(MemorySegment numbers) {
        Rounded rounded = weights.computeIfAbsent(numbers.address(), address -> new Rounded());
        if (!rounded.current || rounded.numbers.byteSize() * 2 != numbers.byteSize()) {
            if (rounded.numbers.byteSize() * 2 != numbers.byteSize()) {
                rounded.numbers = arena.allocate(numbers.byteSize() / 2, ALIGNMENT);
            }
            Bfloat16.round(workers, numbers, rounded.numbers);
            rounded.current = true;
        }
        return rounded.numbers.address();
    }

    private OneDnnProduct product(OneDnnProduct.Shape shape) {
        OneDnnProduct known = products.get(shape);
        if (known != null) {
            return known;
        }
        OneDnnProduct[] made = new OneDnnProduct[1];
        OneDnn.alone(() -> made[0] = new OneDnnProduct(library, shape, workers.size()));
        products.put(shape, made[0]);
        return made[0];
    }

    private static int roundUp(int count, int multiple) {
        return Math.ceilDiv(count, multiple) * multiple;
    }

    /** One product of rounded operands. */
    private final class Product {
        private final Form form;
        private final int m;
        private final int n;
        private final int k;
        private final long a;
        private final long aStride;
        private final long b;
        private final long bStride;
        private final Matrix c;
        private final boolean accumulate;
        private final int tileCols;
        private final int tilesAcross;
        private final int tilesDown;
        /** By whether the tile is in the last row of tiles, times two, and whether it is in the last column. */
        private final OneDnnProduct[] tiles = new OneDnnProduct[4];

        Product(
                Form form,
                int m,
                int n,
                int k,
                long a,
                long aStride,
                long b,
                long bStride,
                Matrix c,
                boolean accumulate) {
            this.form = form;
            this.m = m;
            this.n = n;
            this.k = k;
            this.a = a;
            this.aStride = aStride;
            this.b = b;
            this.bStride = bStride;
            this.c = c;
            this.accumulate = accumulate;
            int across = Math.max(1, Math.round((float) n / TILE_N));
            tileCols = roundUp(Math.ceilDiv(n, across), COLUMN_MULTIPLE);
            tilesAcross = Math.ceilDiv(n, tileCols);
            tilesDown = Math.ceilDiv(m, TILE_M);
        }

        void run() {
            for (int kind = 0; kind < tiles.length; kind++) {
                boolean lastRow = kind >= 2;
                boolean lastCol = kind % 2 == 1;
                if ((lastRow || tilesDown > 1) && (lastCol || tilesAcross > 1)) {
                    tiles[kind] = product(shape(
                            lastRow ? m - (tilesDown - 1) * TILE_M : TILE_M,
                            lastCol ? n - (tilesAcross - 1) * tileCols : tileCols));
                }
            }
            workers.forEach(tilesDown * tilesAcross, this::tile);
        }

        private OneDnnProduct.Shape shape(int rows, int cols) {
            int whole = form == Form.AT_B ? rows : roundUp(rows, ROW_MULTIPLE);
            return new OneDnnProduct.Shape(
                    whole,
                    cols,
                    k,
                    form == Form.AT_B ? 1 : aStride,
                    form == Form.AT_B ? aStride : 1,
                    form == Form.A_BT ? 1 : bStride,
                    form == Form.A_BT ? bStride : 1,
                    whole == rows ? c.stride() : cols,
                    accumulate);
        }

        private void tile(int index, int worker) {
            int tileRow = index / tilesAcross;
            int tileCol = index % tilesAcross;
            int row = tileRow * TILE_M;
            int col = tileCol * tileCols;
            int rows = Math.min(TILE_M, m - row);
            int cols = Math.min(tileCols, n - col);
            OneDnnProduct product = tiles[(tileRow == tilesDown - 1 ? 2 : 0) + (tileCol == tilesAcross - 1 ? 1 : 0)];
            long leftAt = a + Short.BYTES * (form == Form.AT_B ? row : row * aStride);
            long rightAt = b + Short.BYTES * (form == Form.A_BT ? col * bStride : col);
            long scratchAt = scratch[worker].atLeast(product.scratchBytes()).address();
            int whole = form == Form.AT_B ? rows : roundUp(rows, ROW_MULTIPLE);
            long at = c.rowByte(row) + (long) col * Float.BYTES;
            if (whole == rows) {
                long target = c.segment().address() + at;
                OneDnn.alone(() -> product.run(worker, leftAt, rightAt, target, scratchAt));
                return;
            }
            long rowBytes = (long) cols * Float.BYTES;
            MemorySegment edge = edges[worker].atLeast(whole * rowBytes);
            if (accumulate) {
                copy(c.segment(), at, (long) c.stride() * Float.BYTES, edge, 0, rowBytes, rows, rowBytes);
            }
            OneDnn.alone(() -> product.run(worker, leftAt, rightAt, edge.address(), scratchAt));
            copy(edge, 0, rowBytes, c.segment(), at, (long) c.stride() * Float.BYTES, rows, rowBytes);
        }

        private static void copy(
                MemorySegment from,
                long fromAt,
                long fromStride,
                MemorySegment to,
                long toAt,
                long toStride,
                int rows,
                long bytes) {
            for (int row = 0; row < rows; row++) {
                MemorySegment.copy(from, fromAt + row * fromStride, to, toAt + row * toStride, bytes);
            }
        }
    }

    /** A weight's memory in bfloat16. */
    private static final class Rounded {
        private MemorySegment numbers = MemorySegment.NULL;
        private boolean current;
    }

    /** Memory that grows to the largest that was needed. */
    private static final class Room implements AutoCloseable {
        private Arena arena = Arena.ofShared();
        private MemorySegment memory = MemorySegment.NULL;

        MemorySegment atLeast(long bytes) {
            if (memory.byteSize() < bytes) {
                arena.close();
                arena = Arena.ofShared();
                memory = arena.allocate(bytes, ALIGNMENT);
            }
            return memory;
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
