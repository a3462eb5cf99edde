package io.github.ift4j.samples.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pages in a real browser. */
@Timeout(120)
class BrowserTest {
    private static final String MARKUP =
            "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> <b>bold</b>";

    private static ScriptedServer server;
    private static Browser browser;

    @BeforeAll
    static void start() {
        server = new ScriptedServer(question -> question.startsWith("markup") ? MARKUP : "You said " + question);
        browser = Browser.open(server.url());
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        server.close();
    }

    @BeforeEach
    void beginAnew() {
        browser.size(Browser.DESKTOP).go("/");
        browser.the("#new").click();
        browser.await(page -> page.the("#welcome").isDisplayed());
        browser.complaints();
        server.recording.told.clear();
        server.tuner.told.clear();
    }

    @Test
    void aMessageGetsAStreamedAnswer() throws Exception {
        browser.run("""
            window.seen = new Set();
            new MutationObserver(() => window.seen.add(
                document.querySelector('.message.model p')?.textContent.length))
              .observe(document.querySelector('#messages'), {childList: true, subtree: true, characterData: true});
            """);

        browser.say("hello there, how are you");

        assertThat(browser.texts(".message p"))
                .containsExactly("hello there, how are you", "You said hello there, how are you");
        assertThat((Long) browser.run("return window.seen.size")).isGreaterThan(2);
        assertThat(browser.complaints()).isEmpty();
        browser.picture("chat-scripted");
    }

    @Test
    void markupOfAnAnswerIsShownAsText() {
        String title = (String) browser.run("return document.title");

        browser.say("markup please");

        assertThat(browser.text(".message.model p")).isEqualTo(MARKUP);
        assertThat(browser.all(".message.model p *")).isEmpty();
        assertThat(browser.run("return document.title")).isEqualTo(title);
        assertThat(browser.complaints()).isEmpty();
    }

    /** Negative control: were the answer markup, the check above would see its elements; the policy still stops its script. */
    @Test
    void markupInThePageWouldBeSeenAndItsScriptsStopped() {
        browser.say("markup please");
        browser.run("const p = document.querySelector('.message.model p'); p.innerHTML = p.textContent;");
        browser.await(page -> !page.complaints().isEmpty());

        assertThat(browser.all(".message.model p *")).isNotEmpty();
        assertThat(browser.run("return document.title")).isNotEqualTo("taken");
    }

    @Test
    void anAnswerCanBeStopped() {
        browser.write("count");
        browser.await(page -> page.texts(".message.model p").getLast().contains("3"));
        browser.the("#stop").click();
        browser.await(page -> page.the("#send").isDisplayed());

        String stopped = browser.text(".message.model p");
        assertThat(browser.text(".message.model .note")).isEqualTo("stopped");
        assertThat(browser.all(".message.model .thumb").getFirst().isDisplayed())
                .isFalse();
        browser.say("go on");
        assertThat(browser.texts(".message.model p")).containsExactly(stopped, "You said go on");
    }

    @Test
    void aFailureIsShownAsText() {
        browser.say("fail");

        assertThat(browser.text(".message.failed p")).isEqualTo("out of <b>luck</b>");
        browser.say("again");
        assertThat(browser.texts(".message.model p").getLast()).isEqualTo("You said again");
    }

    @Test
    void thumbsRateAnAnswer() {
        browser.the("#consent").click();
        browser.say("hi");
        browser.the(".thumb.good").click();
        browser.await(page -> "true".equals(page.attribute(".thumb.good", "aria-pressed")));
        browser.the(".thumb.bad").click();
        browser.await(page -> "true".equals(page.attribute(".thumb.bad", "aria-pressed")));

        assertThat(browser.attribute(".thumb.good", "aria-pressed")).isEqualTo("false");
        assertThat(server.recording.told).containsExactly("agreed", "asked by one who agreed", "good", "bad");
        browser.the("#consent").click();
        browser.await(_ -> server.recording.told.contains("disagreed"));
    }

    @Test
    void aReloadedPageShowsTheChatAndAnotherBrowserDoesNot() {
        browser.say("my secret");
        browser.the(".thumb.good").click();
        browser.await(page -> "true".equals(page.attribute(".thumb.good", "aria-pressed")));

        browser.go("/");

        assertThat(browser.texts(".message p")).containsExactly("my secret", "You said my secret");
        assertThat(browser.attribute(".thumb.good", "aria-pressed")).isEqualTo("true");
        try (Browser other = Browser.open(server.url())) {
            other.go("/");
            assertThat(other.all(".message")).isEmpty();
            assertThat(other.the("#welcome").isDisplayed()).isTrue();
        }
    }

    @Test
    void theTunerPageShowsTheTunerAtWork() throws Exception {
        browser.go("/tuner.html");

        assertThat(browser.text("#phase")).isEqualTo("training");
        assertThat(browser.texts(".figures strong")).containsExactly("12", "7", "2", "5");
        assertThat(browser.attribute("#curve .loss", "points").split(" ")).hasSize(3);
        assertThat(browser.text("#progress")).isEqualTo("run 3: step 3 of 10, on 6 exchanges");
        assertThat(browser.text("#verdict")).isEqualTo("refused: <i>not better</i>");
        assertThat(browser.texts("#gate dd")).containsExactly("1.2500", "1.5000", "0.0100", "4");
        assertThat(browser.texts("#versions strong")).containsExactly("Version 1", "The model as it came");
        assertThat(browser.texts("#queue .badge")).containsExactly("good", "not rated");
        assertThat(browser.complaints()).isEmpty();
        browser.picture("tuner-scripted");
        browser.size(Browser.NARROW).picture("tuner-scripted-narrow");
    }

    @Test
    void theButtonsOfTheTunerPageSteerIt() {
        browser.go("/tuner.html");

        assertThat(browser.the("#tune").isEnabled()).isFalse();
        browser.the("#cancel").click();
        browser.await(_ -> server.tuner.told.contains("cancel"));
        browser.await(page -> page.all("#versions li button").size() == 2);
        browser.run("document.querySelector('#versions li:not(.active) button').click()");
        browser.await(_ -> server.tuner.told.contains("swap 0"));
        browser.the("#rollback").click();
        browser.await(page -> page.text("#problem").equals("there is nothing to go back to"));
    }
}
