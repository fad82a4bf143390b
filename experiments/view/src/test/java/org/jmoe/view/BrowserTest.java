package org.jmoe.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jmoe.training.run.TinyRuns;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;

/** The page in the machine's Chromium; skipped where there is none. */
final class BrowserTest {
  private static final long PATIENCE_MILLIS = 90_000;
  private static final int STEPS = 200;
  private static final String POINTS =
      "echarts.getInstanceByDom(document.querySelector('.chart')).getOption().series[0].data.length";

  @TempDir static Path folder = Path.of("");
  private static @Nullable ChromeDriver started;
  private static @Nullable ViewServer server;

  @BeforeAll
  static void start() throws IOException {
    Path chromium = found("chromium", "chromium-browser", "google-chrome");
    Path driver = found("chromedriver");
    Assumptions.assumeTrue(
        chromium != null && driver != null, "skipped: there is no chromium with chromedriver here");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(Objects.requireNonNull(chromium).toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // as root in a container
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--user-data-dir=" + folder.resolve("profile"));
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(Objects.requireNonNull(driver).toFile())
            .build();
    started = new ChromeDriver(service, options);
    Files.createDirectories(folder.resolve("runs"));
    Pages.train(folder, "runs/trained", "model.vocabulary=256", "training.checkpoint.every=2");
    Pages.begin(folder, "runs/<b onclick=alert(1)>named", 5);
    server = ViewServer.start(Pages.api(folder.resolve("runs")), 0);
  }

  private static @Nullable Path found(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                    .map(place -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  @AfterAll
  static void stop() {
    if (started != null) {
      started.quit();
    }
    if (server != null) {
      server.close();
    }
  }

  private static ChromeDriver browser() {
    return Objects.requireNonNull(started);
  }

  private static void open(String view) {
    browser().get("about:blank");
    browser().get(Objects.requireNonNull(server).address() + "#" + view);
  }

  /** Waits until a script returns true. */
  private static void await(String script) throws InterruptedException {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (!Boolean.TRUE.equals(browser().executeScript("return Boolean(" + script + ")"))) {
      assertTrue(
          System.currentTimeMillis() < end,
          () -> script + ": " + browser().findElement(By.tagName("body")).getText());
      Thread.sleep(100);
    }
  }

  /** Chromium logs what its policy refused and what a script threw. */
  private static void assertNothingWrong() {
    assertEquals(
        List.of(),
        browser().manage().logs().get(LogType.BROWSER).getAll().stream()
            .map(entry -> entry.getMessage())
            .filter(message -> !message.contains("favicon"))
            .toList());
  }

  private static WebElement element(String css) {
    return browser().findElement(By.cssSelector(css));
  }

  @Test
  void aCurveGrowsWhileItsRunTrains() throws Exception {
    CompletableFuture<Path> training =
        CompletableFuture.supplyAsync(
            () ->
                Pages.train(
                    folder, "runs/live", "model.vocabulary=256", "training.steps=" + STEPS));
    while (!Files.exists(folder.resolve("runs/live/metrics.jsonl"))) {
      Thread.sleep(20);
    }
    open("runs");
    await(
        "document.querySelector('canvas') && document.querySelector('td.name').textContent ==="
            + " 'live'");
    await(POINTS + " > 0");
    String before =
        String.valueOf(((Number) browser().executeScript("return " + POINTS)).longValue());
    await(POINTS + " > " + before); // without a reload
    training.get();
    await(POINTS + " === " + STEPS);
    await("document.querySelector('td.state-finished')");
    assertNothingWrong();
  }

  @Test
  void aNameWithMarkupIsText() throws InterruptedException {
    open("runs");
    await("document.querySelectorAll('tbody tr').length >= 2");
    assertTrue(element("tbody").getText().contains("<b onclick=alert(1)>named"));
    assertEquals(List.of(), browser().findElements(By.cssSelector("td b")));
  }

  @Test
  void aSentenceIsColouredByItsExperts() throws InterruptedException {
    open("text");
    await("document.querySelectorAll('.token').length > 5");
    assertEquals("p", element(".token").getText());
    assertNotEquals("rgba(0, 0, 0, 0)", element(".token").getCssValue("background-color"));
    browser().executeScript("document.querySelectorAll('.token')[3].click()");
    await("document.querySelector('aside h2').textContent.startsWith('Token 4')");
    browser().executeScript("document.querySelector('.two .chips .chip').click()");
    await("document.querySelector('aside').textContent.includes('Typical tokens')");
    assertNothingWrong();
  }

  @Test
  void everyViewOpensWithoutAFault() throws InterruptedException {
    for (String view : List.of("load", "labels")) {
      open(view);
      await("document.querySelector('canvas')");
    }
    open("experiments");
    await("document.body.textContent.includes('No experiment in')");
    assertNothingWrong();
  }

  @Test
  void nothingIsWiderThanAPhone() throws InterruptedException {
    browser().manage().window().setSize(new Dimension(400, 800));
    try {
      for (String view : List.of("runs", "load", "labels", "text")) {
        open(view);
        await(
            view.equals("text")
                ? "document.querySelector('.token')"
                : "document.querySelector('canvas')");
        await("document.documentElement.scrollWidth <= innerWidth");
      }
    } finally {
      browser().manage().window().setSize(new Dimension(1280, 900));
    }
  }

  @Test
  void aReportOpensFromDisk() throws InterruptedException {
    Path run = folder.resolve("runs/trained");
    ReportPage.write(run, run, TinyRuns.json(), System.err::println);
    browser().get("about:blank");
    browser().get(run.resolve(ReportPage.NAME).toUri() + "#runs");
    await("document.querySelector('canvas')");
    assertEquals(
        0L,
        browser()
            .executeScript(
                "return performance.getEntriesByType('resource').filter(r =>"
                    + " !r.name.startsWith('data:')).length"));
    assertEquals("trained", element("td.name").getText());
    assertNothingWrong();
  }
}
