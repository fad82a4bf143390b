package org.jmoe.app.examples;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jmoe.data.text.ByteTokenizer;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;

/** Loads a run and continues a text with its model. */
public final class Continue {
  private Continue() {}

  /** Takes the folder of a run and a text. */
  public static void main(String[] args) {
    ByteTokenizer bytes = new ByteTokenizer();
    RunJson json = RunJson.standard();
    try (LoadedRun run = LoadedRun.open(Path.of(args[0]), json)) {
      List<Integer> prompt = Arrays.stream(bytes.encode(args[1], false)).boxed().toList();
      Sampling sampling = new Sampling(0.7, 0, 1, 1); // temperature; all tokens; no penalty
      List<Integer> more =
          new Generator(run.model(), run.manager(), sampling).generate(prompt, 40, 1, t -> {});
      System.out.println(bytes.decode(more.stream().mapToInt(t -> t).toArray()));
    }
  }
}
