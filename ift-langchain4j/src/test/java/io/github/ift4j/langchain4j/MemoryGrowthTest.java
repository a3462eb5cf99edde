package io.github.ift4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many short requests, with adapters that come and go, leave no memory behind. {@code -Dift.requests=N} for another number of them. */
class MemoryGrowthTest {
    private static final int REQUESTS = Integer.getInteger("ift.requests", 5_000);
    private static final int WARM_UP = 1_000;
    private static final int REQUESTS_PER_SWAP = 250;
    /** What the collector leaves lying about; a lost context of this model alone has more than 32 KiB, 5,000 have 160 MiB. */
    private static final long ALLOWED_HEAP = 8L << 20;
    /** Memory beside the heap, as the system counts it, compiled code included. */
    private static final long ALLOWED_RESIDENT = 64L << 20;

    private static final System.Logger LOGGER = System.getLogger(MemoryGrowthTest.class.getName());

    @TempDir
    Path folder;

    @Test
    void memoryDoesNotGrowOverManyShortRequests() throws IOException {
        Path adapter = TinyModels.adapter(folder.resolve("adapter"), 1);
        try (IftEngine engine = IftEngine.builder()
                .modelPath(TinyModels.BASE)
                .idleContextBytes(1 << 20)
                .build()) {
            run(engine, adapter, WARM_UP);
            long heap = usedHeap();
            long resident = resident();

            run(engine, adapter, REQUESTS);

            long heapGrowth = usedHeap() - heap;
            long residentGrowth = resident() - resident;
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "%d requests: heap %+d KiB, resident %+d KiB"
                            .formatted(REQUESTS, heapGrowth >> 10, residentGrowth >> 10));
            assertThat(heapGrowth).isLessThan(ALLOWED_HEAP);
            assertThat(residentGrowth).isLessThan(ALLOWED_RESIDENT);
        }
    }

    private static void run(IftEngine engine, Path adapter, int requests) {
        IftChatModel model =
                IftChatModel.builder().engine(engine).maxOutputTokens(2).build();
        for (int i = 0; i < requests; i++) {
            if (i % REQUESTS_PER_SWAP == 0) {
                engine.loadAdapter("adapter", adapter);
            }
            model.chat(ChatRequest.builder()
                    .messages(UserMessage.from("Hi " + i % 10))
                    .modelName(i % 2 == 0 ? "adapter" : "model")
                    .build());
        }
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    /** Resident memory in bytes without the heap's own; 0 where the system does not tell it. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        long kibibytes = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
        return (kibibytes << 10)
                - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
    }
}
