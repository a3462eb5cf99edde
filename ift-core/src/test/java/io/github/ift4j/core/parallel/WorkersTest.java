package io.github.ift4j.core.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void runsEveryIndexOnceOnAThreadOfTheTeam(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int count : new int[] {0, 1, 2, 5, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(count);
                workers.forEach(count, (index, worker) -> {
                    assertThat(worker).isBetween(0, threads - 1);
                    runs.incrementAndGet(index);
                });
                for (int i = 0; i < count; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void shortLoopsInQuickSuccessionNeverLoseATask() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < 20_000; i++) {
                workers.forEach(3, (index, worker) -> runs.incrementAndGet());
                assertThat(runs.get()).isEqualTo(3 * (i + 1));
            }
        }
    }

    @Test
    void threadsOfTheTeamWorkAtTheSameTime() {
        try (Workers workers = new Workers(2)) {
            CountDownLatch both = new CountDownLatch(2);
            workers.forEach(2, (index, worker) -> {
                both.countDown();
                await(both);
            });
            assertThat(both.getCount()).isZero();
        }
    }

    @Test
    void eachThreadBeginsWithAShareOfItsOwn() {
        try (Workers workers = new Workers(2)) {
            CountDownLatch both = new CountDownLatch(2);
            int[] first = {-1, -1};
            workers.forEach(10, (index, worker) -> {
                if (first[worker] < 0) {
                    first[worker] = index;
                    both.countDown();
                    await(both);
                }
            });
            assertThat(first).containsExactly(0, 5);
        }
    }

    @Test
    void aThreadThatIsDoneHelpsWithTheOthersShares() {
        try (Workers workers = new Workers(2)) {
            CountDownLatch others = new CountDownLatch(9);
            AtomicInteger held = new AtomicInteger(-1);
            workers.forEach(10, (index, worker) -> {
                if (held.compareAndSet(-1, index)) {
                    await(others); // all other tasks are for the other thread
                } else {
                    others.countDown();
                }
            });
            assertThat(others.getCount()).isZero();
        }
    }

    @Test
    void aLoopInsideATaskRunsOnItsOwnThread() {
        try (Workers workers = new Workers(3)) {
            AtomicInteger runs = new AtomicInteger();
            workers.forEach(
                    10,
                    (index, worker) -> workers.forEach(10, (inner, innerWorker) -> {
                        assertThat(innerWorker).isEqualTo(worker);
                        runs.incrementAndGet();
                    }));
            assertThat(runs.get()).isEqualTo(100);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void callersTakeTurnsSoThatScratchMemoryIsNeverShared(int threads) throws InterruptedException {
        try (Workers workers = new Workers(threads)) {
            AtomicIntegerArray inUse = new AtomicIntegerArray(threads);
            AtomicInteger clashes = new AtomicInteger();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int count = i;
                callers.add(Thread.ofPlatform().start(() -> {
                    for (int round = 0; round < 2000; round++) {
                        workers.forEach(1 + count, (index, worker) -> {
                            if (inUse.incrementAndGet(worker) > 1) {
                                clashes.incrementAndGet();
                            }
                            Thread.onSpinWait();
                            inUse.decrementAndGet(worker);
                        });
                    }
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(clashes.get()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatATaskThrowsReachesTheCallerAndTheTeamGoesOn(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertThatThrownBy(() -> workers.forEach(100, (index, worker) -> {
                        if (index == 50) {
                            throw new IllegalStateException("task 50");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 50");
            AtomicInteger runs = new AtomicInteger();
            workers.forEach(100, (index, worker) -> runs.incrementAndGet());
            assertThat(runs.get()).isEqualTo(100);
        }
    }

    @Test
    void aClosedTeamRefusesWork() {
        Workers workers = new Workers(2);
        workers.close();

        assertThatThrownBy(() -> workers.forEach(2, (index, worker) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the worker threads have been closed");
    }

    @Test
    void aTeamNeedsAThread() {
        assertThatThrownBy(() -> new Workers(0)).hasMessage("the number of threads must be at least 1, was 0");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
