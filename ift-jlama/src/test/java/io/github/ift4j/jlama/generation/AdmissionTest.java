package io.github.ift4j.jlama.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdmissionTest {
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    @Test
    void aGroupWithManyRequestsDoesNotKeepOthersOut() throws Exception {
        Admission admission = new Admission(2, 100);
        admission.enter("many", new Cancellation(), true);
        admission.enter("many", new Cancellation(), true);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> waiting = new ArrayList<>();
            for (String group : List.of("many", "many", "many", "few", "other")) {
                waiting.add(threads.submit(() -> visit(admission, group)));
                awaitWaiting(admission, waiting.size());
            }

            admission.leave("many");
            for (Future<?> visit : waiting) {
                visit.get();
            }

            // With one place taken by "many" all along, those without any come first, in the order of their coming.
            assertThat(order).containsExactly("few", "other", "many", "many", "many");
        }
    }

    @Test
    void withinAGroupTheFirstToComeIsTheFirstToBeServed() throws Exception {
        Admission admission = new Admission(1, 100);
        admission.enter("group", new Cancellation(), true);
        List<String> expected = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String name = "request " + i;
                expected.add(name);
                waiting.add(threads.submit(() -> visit(admission, "group", name)));
                awaitWaiting(admission, waiting.size());
            }
            admission.leave("group");
            for (Future<?> visit : waiting) {
                visit.get();
            }
            assertThat(order).isEqualTo(expected);
        }
    }

    @Test
    void whoFindsTheQueueFullIsRefusedAtOnce() throws Exception {
        Admission admission = new Admission(1, 1);
        admission.enter("a", new Cancellation(), true);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?> second = threads.submit(() -> visit(admission, "a"));
            awaitWaiting(admission, 1);

            assertThatExceptionOfType(QueueFullException.class)
                    .isThrownBy(() -> admission.enter("b", new Cancellation(), true))
                    .withMessage(
                            "the model is busy: 1 requests are being answered and 1 wait, which is all that may; try"
                                    + " again later or raise maxQueuedRequests");

            admission.leave("a");
            second.get();
            assertThat(admission.enter("b", new Cancellation(), true)).isTrue();
        }
    }

    @Test
    void withoutAQueueAFreePlaceIsStillTaken() {
        Admission admission = new Admission(1, 0);
        assertThat(admission.enter("a", new Cancellation(), true)).isTrue();
        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> admission.enter("a", new Cancellation(), true));
    }

    @Test
    void whoseTimeIsUpWaitsNoLonger() {
        Admission admission = new Admission(1, 1);
        admission.enter("a", new Cancellation(), true);
        Cancellation brief = Cancellation.after(Duration.ofMillis(20));

        assertThat(admission.enter("a", brief, true)).isFalse();

        assertThat(brief.isExpired()).isTrue();
        assertThat(brief.isCancelled()).isFalse();
        assertThat(admission.waiting()).isZero();
    }

    @Test
    void aGracefulCloseLetsThoseThatWereAcceptedFinish() throws Exception {
        Admission admission = new Admission(1, 10);
        admission.enter("a", new Cancellation(), true);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?> waits = threads.submit(() -> visit(admission, "a"));
            awaitWaiting(admission, 1);
            Future<?> closing = threads.submit(() -> admission.close(Duration.ofMinutes(1)));
            awaitRefusing(admission);

            assertThat(admission.isClosed()).as("those inside may go on").isFalse();
            admission.leave("a");
            closing.get();

            waits.get();
            assertThat(order).containsExactly("a");
            assertThat(admission.isClosed()).isTrue();
        }
    }

    @Test
    void whenTheGraceIsOverThoseThatWaitAreTurnedAway() throws Exception {
        Admission admission = new Admission(1, 10);
        admission.enter("a", new Cancellation(), true);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<Boolean> waits = threads.submit(() -> admission.enter("a", new Cancellation(), true));
            awaitWaiting(admission, 1);
            Future<?> closing = threads.submit(() -> admission.close(Duration.ofMillis(20)));

            assertThat(waits.get()).isFalse();
            assertThat(admission.isClosed()).isTrue();
            assertThat(closing.isDone()).as("one is still inside").isFalse();
            admission.leave("a");
            closing.get();
        }
    }

    private void visit(Admission admission, String group) {
        visit(admission, group, group);
    }

    private void visit(Admission admission, String group, String name) {
        assertThat(admission.enter(group, new Cancellation(), true)).isTrue();
        order.add(name);
        admission.leave(group);
    }

    private static void awaitWaiting(Admission admission, int count) {
        while (admission.waiting() < count) {
            Thread.onSpinWait();
        }
    }

    private static void awaitRefusing(Admission admission) {
        while (true) {
            try {
                admission.checkOpen();
                Thread.onSpinWait();
            } catch (IllegalStateException refused) {
                assertThatIllegalStateException().isThrownBy(() -> admission.enter("b", new Cancellation(), true));
                return;
            }
        }
    }
}
