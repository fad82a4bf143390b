package org.jmoe.data.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jmoe.data.corpus.CorpusBuilder;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.text.TextSource;
import org.jmoe.io.ChildJvm;
import org.jmoe.io.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers that abort their process, hang or exhaust memory are reported with one sentence. */
final class HostileTokenizersTest {
  private static final String WORDS =
      "{'type':'WordLevel','vocab':{'a':0,'b':1,'[UNK]':2},'unk_token':'[UNK]'}";
  private static final String LLAMA =
      "(?i:\\u0027s|\\u0027t|\\u0027re|\\u0027ve|\\u0027m|\\u0027ll|\\u0027d)|[^\\\\r"
          + "\\\\n"
          + "\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r"
          + "\\\\n"
          + "]*|\\\\s*[\\\\r"
          + "\\\\n"
          + "]+|\\\\s+(?!\\\\S)|\\\\s+";

  @TempDir Path folder = Path.of("");

  /** Returns a tokenizer.json of these parts, with ' instead of ". */
  private Path tokenizer(String model, String parts) throws IOException {
    String json = "{'version':'1.0','added_tokens':[],'model':%s%s}".formatted(model, parts);
    return Files.writeString(folder.resolve("t.json"), json.replace('\'', '"'));
  }

  private static String split(String regex) {
    return ",'pre_tokenizer':{'type':'Split','pattern':{'Regex':'%s'},'behavior':'Isolated','invert':false}"
        .formatted(regex);
  }

  private TextTokenizer open(Path file) {
    return TextTokenizer.open(file.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // a prefix that no token has
        "{'type':'BPE','continuing_subword_prefix':'##','vocab':{'a':0,'b':1,'ab':2},'merges':['a"
            + " b']}",
      })
  void modelsThatAbortWhileLoading(String model) throws IOException {
    Path file = tokenizer(model, "");
    DataFormatException e = assertThrows(DataFormatException.class, () -> open(file));
    assertTrue(e.getMessage().startsWith(file + " is not a usable tokenizer: "), e.getMessage());
    assertTrue(e.getMessage().contains("panicked"), e.getMessage());
  }

  @Test
  void patternFailureAffectsOnlyItsText() throws IOException {
    try (TextTokenizer tokenizer = open(tokenizer(WORDS, split("^(a+)+$")))) {
      String text = "a".repeat(40) + "b";
      for (int i = 0; i < 2; i++) { // the second time in a new process
        TokenizationException e =
            assertThrows(TokenizationException.class, () -> tokenizer.encode(text, false));
        assertTrue(e.getMessage().contains("'aaaaaaaaaaaaaaaaaaaa…'"), e.getMessage());
        assertTrue(e.getMessage().contains("retry-limit-in-match over"), e.getMessage());
        assertArrayEquals(new int[] {0}, tokenizer.encode("a", false));
      }
    }
  }

  @Test
  void templateWithUnknownTokensIsReported() throws IOException {
    Path file =
        tokenizer(
            WORDS,
            ",'post_processor':{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'[CLS]','type_id':0}}],'pair':[],'special_tokens':{}}");
    try (TextTokenizer tokenizer = open(file)) {
      assertThrows(TokenizationException.class, () -> tokenizer.encode("a", true));
    }
  }

  @Test
  void decoderFailureIsReported() throws IOException {
    Path file = tokenizer(WORDS, ",'decoder':{'type':'Strip','content':'a','start':0,'stop':5}");
    try (TextTokenizer tokenizer = open(file)) {
      DataFormatException e =
          assertThrows(DataFormatException.class, () -> tokenizer.decode(new int[] {0}));
      assertTrue(e.getMessage().startsWith(file + " cannot decode 1 ids: "), e.getMessage());
      assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {3}));
    }
  }

  @Test
  void buildReportsTheDocumentAndLeavesNoFile() throws IOException {
    Path text = Files.writeString(folder.resolve("blanks.txt"), "a" + " ".repeat(12_000_000) + "b");
    Files.writeString(folder.resolve("another.txt"), "a b");
    Path file = tokenizer(WORDS, split(LLAMA));
    Path output = folder.resolve("o.arrow");
    List<TextSource> sources =
        List.of(
            TextSource.of(folder.resolve("another.txt"), new TextSource.Fields("text", List.of())),
            TextSource.of(text, new TextSource.Fields("text", List.of())));
    try (TextTokenizer tokenizer = open(file)) {
      CorpusBuilder builder =
          new CorpusBuilder(tokenizer, false, new HeldOut(0, 0), false, Map.of());
      TokenizationException e =
          assertThrows(
              TokenizationException.class,
              () -> builder.build(sources, output, false, bytes -> {}));
      assertTrue(e.getMessage().contains("cannot tokenize blanks.txt: "), e.getMessage());
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count()); // the two texts and the tokenizer
    }
  }

  @Test
  void timeIsLimited() throws IOException {
    Path file =
        tokenizer(WORDS, split("a*b(?=a)")); // quadratic time, with few steps per start position
    try (TextTokenizer tokenizer =
        HuggingFaceTextTokenizer.load(file, new TokenizerLimits(4, 0, 1L << 40))) {
      TokenizationException e =
          assertThrows(
              TokenizationException.class,
              () -> tokenizer.encode("a".repeat(1_000_000) + "b", false));
      assertTrue(e.getMessage().contains("it took more than 4 s"), e.getMessage());
    }
  }

  @Test
  void memoryIsLimited() throws IOException {
    String doubling = "{'type':'Replace','pattern':{'String':'a'},'content':'aa'}";
    Path file =
        tokenizer(
            WORDS,
            ",'normalizer':{'type':'Sequence','normalizers':[%s]}"
                .formatted(String.join(",", Collections.nCopies(40, doubling))));
    try (TextTokenizer tokenizer =
        HuggingFaceTextTokenizer.load(file, new TokenizerLimits(300, 0, 400L << 20))) {
      TokenizationException e =
          assertThrows(TokenizationException.class, () -> tokenizer.encode("a", false));
      assertTrue(e.getMessage().contains("more than 400 MiB"), e.getMessage());
    }
  }

  /** Child process that opens a tokenizer and waits to be killed. */
  static final class Waiting {
    private Waiting() {}

    /** Prints the process id of the tokenizer. */
    public static void main(String[] args) throws InterruptedException {
      TextTokenizer tokenizer = TextTokenizer.open(args[0]);
      System.out.println(ProcessHandle.current().children().findFirst().orElseThrow().pid());
      tokenizer.encode("a".repeat(3_000_000) + "b", false); // takes hours
    }
  }

  @Test
  void workerExitsWhenItsParentIsKilled() throws IOException, InterruptedException {
    Path file = tokenizer(WORDS, split("a*b(?=a)"));
    Process parent = ChildJvm.start(folder.resolve("errors"), Waiting.class, file.toString());
    try {
      String line = parent.inputReader().readLine();
      ProcessHandle worker = ProcessHandle.of(Long.parseLong(line)).orElseThrow();
      Thread.sleep(200); // wait until the text is received
      parent.destroyForcibly().waitFor();
      worker.onExit().orTimeout(20, TimeUnit.SECONDS).join();
      assertFalse(worker.isAlive());
    } finally {
      parent.descendants().forEach(ProcessHandle::destroyForcibly);
      parent.destroyForcibly();
    }
  }

  @Test
  void closeEndsTheProcess() throws IOException {
    TextTokenizer tokenizer = open(tokenizer(WORDS, ""));
    long before = ProcessHandle.current().children().count();
    tokenizer.close();
    assertEquals(before - 1, ProcessHandle.current().children().count());
  }
}
