package io.github.ift4j.samples.web;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/** A headless Chromium with a profile of its own, which reaches this machine only. */
final class Browser implements AutoCloseable {
    static final Dimension DESKTOP = new Dimension(1280, 800);
    static final Dimension NARROW = new Dimension(420, 800);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final ChromeDriver driver;
    private final String url;

    private Browser(ChromeDriver driver, String url) {
        this.driver = driver;
        this.url = url;
    }

    /** A new one, or a skipped test where the machine has none. */
    static Browser open(String url) {
        Optional<Path> chromium = executable("chromium", "chromium-browser", "google-chrome");
        Optional<Path> chromedriver = executable("chromedriver");
        Assumptions.assumeTrue(
                chromium.isPresent() && chromedriver.isPresent(),
                "no chromium and chromedriver on the PATH: install them (Debian: apt-get install chromium"
                        + " chromium-driver) to run tests in a real browser");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.get().toFile());
        options.addArguments(
                "--headless=new",
                // Chromium refuses to run as root with its sandbox; the pages are ours.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--lang=en",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.get().toFile())
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options), url);
    }

    private static Optional<Path> executable(String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Goes to a page and waits until its script has shown what there is. */
    Browser go(String path) {
        driver.get(url + path);
        await(page -> page.find("body[data-ready]").isPresent());
        return this;
    }

    /** Makes the page so large, without the frame of its window. */
    Browser size(Dimension size) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", size.getWidth(), "height", size.getHeight(), "deviceScaleFactor", 1, "mobile", false));
        return this;
    }

    /** The only element of a selector, which must be there. */
    WebElement the(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    Optional<WebElement> find(String selector) {
        return all(selector).stream().findFirst();
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    /** The texts of the elements of a selector, all at one moment. */
    @SuppressWarnings("unchecked") // a list of strings becomes one
    List<String> texts(String selector) {
        return (List<String>) driver.executeScript(
                "return [...document.querySelectorAll(arguments[0])].map(one => one.innerText)", selector);
    }

    /** The text of the first element of a selector. */
    String text(String selector) {
        return texts(selector).getFirst();
    }

    /** An attribute of the first element of a selector. */
    String attribute(String selector, String name) {
        return (String) driver.executeScript(
                "return document.querySelector(arguments[0]).getAttribute(arguments[1])", selector, name);
    }

    /** Asks until a condition is true; each time takes as long as the browser needs to tell. */
    void await(Predicate<Browser> condition) {
        long start = System.nanoTime();
        while (!holds(condition)) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError(
                        "the page did not come to what was waited for in " + PATIENCE + "; it shows:\n" + text("body"));
            }
        }
    }

    private boolean holds(Predicate<Browser> condition) {
        try {
            return condition.test(this);
        } catch (StaleElementReferenceException e) {
            // The page has replaced what was looked at.
            return false;
        }
    }

    /** Says something on the chat page and waits for the whole answer. */
    void say(String question) {
        int before = all(".message.model").size();
        write(question);
        await(page -> page.all(".message.model").size() == before + 1
                && page.all(".message.writing").isEmpty()
                && page.the("#send").isDisplayed());
    }

    /** Says something on the chat page. */
    void write(String question) {
        the("#text").sendKeys(question);
        the("#send").click();
    }

    /** What a script returns. */
    Object run(String script) {
        return driver.executeScript(script);
    }

    /** What the page complained of, as refused scripts and errors. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::getMessage)
                .toList();
    }

    /** A picture of the page below {@code target}. */
    void picture(String name) throws IOException {
        Path folder = Files.createDirectories(Path.of("target", "pictures"));
        Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
