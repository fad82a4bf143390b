package org.jmoe.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportPageTest {
  private static final Pattern INLINE =
      Pattern.compile("<(script|style)(?: type=\"module\")?>(.*?)</\\1>", Pattern.DOTALL);
  private static final Pattern DECLARED =
      Pattern.compile("(?m)^(?:async )?(?:function|const|let) (\\w+)");

  @TempDir Path folder = Path.of("");

  @Test
  void itLoadsNothingAndItsPolicyNamesItsScripts() throws Exception {
    Path run = Pages.begin(folder, "</script><script>alert(1)<!--", 3);
    List<String> warnings = new ArrayList<>();
    ReportPage.write(run, run, TinyRuns.json(), warnings::add);
    assertEquals(List.of(), warnings);
    String html = Files.readString(run.resolve(ReportPage.NAME));
    assertFalse(html.contains("<script>alert"), "markup of a name");
    assertFalse(
        html.replaceAll("(?s)<script>.*?</script>", "").matches("(?s).*(src|href)=\"[^d].*"));
    Matcher inline = INLINE.matcher(html);
    int count = 0;
    while (inline.find()) {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(inline.group(2).getBytes(StandardCharsets.UTF_8));
      String hash = "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
      assertTrue(html.contains(hash), inline.group(1));
      count++;
    }
    assertEquals(3, count);
    assertFalse(html.contains("\r"), "browsers read another line break, of another digest");
    assertTrue(html.contains("default-src 'none'"));
  }

  /** All modules become one script, in which a name can stand for one thing only. */
  @Test
  void modulesDeclareDifferentNames() {
    String script = new Assets().script();
    assertFalse(script.contains("\nimport ") || script.contains("\nexport "));
    Set<String> seen = new HashSet<>();
    for (MatchResult declared : DECLARED.matcher(script).results().toList()) {
      assertTrue(seen.add(declared.group(1)), declared.group(1));
    }
    assertTrue(seen.contains("runsView"));
  }

  @Test
  void whatCannotBeWrittenIsAWarning() throws IOException {
    Path run = Pages.begin(folder, "run", 3);
    List<String> warnings = new ArrayList<>();
    ReportPage.write(run, folder.resolve("nothing"), TinyRuns.json(), warnings::add);
    assertEquals(1, warnings.size());
    assertTrue(
        warnings.get(0).startsWith("warning: " + folder.resolve("nothing")), warnings.get(0));
  }
}
