package org.jmoe.app.examples;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jmoe.data.tokenizer.ByteTokenizer;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.LoadedRun;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;

/** Loads a run and generates text with its model. */
public final class GenerateText {
  private GenerateText() {}

  /** Continues the prompt {@code args[1]} with the model of the run {@code args[0]}. */
  public static void main(String[] args) {
    ByteTokenizer bytes = new ByteTokenizer();
    RunJson json = RunJson.standard();
    try (LoadedRun run = LoadedRun.open(Path.of(args[0]), json)) {
      List<Integer> prompt = Arrays.stream(bytes.encode(args[1], false)).boxed().toList();
      Sampling sampling = new Sampling(0.7, 0, 1, 1); // temperature 0.7; no top-k, top-p or penalty
      List<Integer> more =
          new Generator(run.model(), run.manager(), sampling).generate(prompt, 40, 1, t -> {});
      System.out.println(bytes.decode(more.stream().mapToInt(t -> t).toArray()));
    }
  }
}
