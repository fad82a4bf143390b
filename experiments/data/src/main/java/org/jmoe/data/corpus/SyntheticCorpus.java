package org.jmoe.data.corpus;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jmoe.data.formats.DataKeys;
import org.jmoe.data.formats.FlatTokenWriter;
import org.jmoe.data.formats.TokenWriter;
import org.jmoe.io.Json;

/**
 * Text without meaning whose domains are known: each domain is a Markov chain of order 1 with a
 * transition table of its own, so that the ideal experts are the chains. Specialisation can then be
 * scored against the truth, and the loss against the chains' entropy.
 */
public final class SyntheticCorpus {
  private final Spec spec;
  private final ImmutableList<MarkovChain> chains;

  /**
   * What is planted.
   *
   * @param domains number of chains
   * @param vocabulary number of token ids, shared by all domains
   * @param sharpness how predictable the chains are: 0 draws tokens evenly, 5 makes few successors
   *     likely
   * @param sequences sequences of each domain; of all domains together where they switch
   * @param sequenceLength tokens of a sequence
   * @param switchProbability chance of another domain at each token; 0 keeps a sequence in one
   *     domain
   * @param seed decides everything else
   */
  public record Spec(
      int domains,
      int vocabulary,
      double sharpness,
      int sequences,
      int sequenceLength,
      double switchProbability,
      long seed) {
    /** Checks the ranges. */
    public Spec {
      require(domains >= 1, "number of domains", domains, "at least 1");
      require(vocabulary >= 2 && vocabulary <= 8192, "vocabulary", vocabulary, "in [2, 8192]");
      require(sharpness >= 0 && sharpness <= 50, "sharpness", sharpness, "in [0, 50]");
      require(sequences >= 1, "number of sequences", sequences, "at least 1");
      require(sequenceLength >= 1, "sequence length", sequenceLength, "at least 1");
      require(
          switchProbability >= 0 && switchProbability <= 1,
          "switch probability",
          switchProbability,
          "in [0, 1]");
    }

    private static void require(boolean holds, String name, Number value, String range) {
      if (!holds) {
        throw new IllegalArgumentException(
            "The %s is %s; it must be %s.".formatted(name, value, range));
      }
    }
  }

  /** Draws the transition tables. */
  public SyntheticCorpus(Spec spec) {
    this.spec = spec;
    this.chains =
        IntStream.range(0, spec.domains())
            .mapToObj(d -> new MarkovChain(spec.vocabulary(), spec.sharpness(), random("chain", d)))
            .collect(ImmutableList.toImmutableList());
  }

  /** The chain of a domain. */
  public MarkovChain chain(int domain) {
    return chains.get(domain);
  }

  /** Name of a domain in files. */
  public static String name(int domain) {
    return "domain-" + domain;
  }

  /**
   * Writes the corpus as an Arrow file: a sequence a row, or one flat column with a domain for each
   * token where domains switch inside of a sequence.
   *
   * @param replace whether an existing file may be replaced
   * @param heldOut which sequences are validation data; a flat column marks none
   */
  public void write(Path output, boolean replace, HeldOut heldOut) {
    Map<String, String> metadata =
        Map.of(
            DataKeys.VOCABULARY, Integer.toString(spec.vocabulary()),
            DataKeys.TOKENIZER, "synthetic",
            DataKeys.BUILD, Json.mapper().valueToTree(spec).toString());
    if (spec.switchProbability() > 0) {
      writeSwitching(output, replace, metadata);
      return;
    }
    try (TokenWriter writer = new TokenWriter(output, replace, metadata)) {
      for (int d = 0; d < spec.domains(); d++) {
        for (int s = 0; s < spec.sequences(); s++) {
          SplittableRandom random = random("sequence " + d, s);
          writer.add(
              chains.get(d).walk(spec.sequenceLength(), random),
              name(d),
              heldOut.test(d + ":" + s));
        }
      }
      writer.finish(Map.of());
    }
  }

  private void writeSwitching(Path output, boolean replace, Map<String, String> metadata) {
    ImmutableList<String> names =
        IntStream.range(0, spec.domains())
            .mapToObj(SyntheticCorpus::name)
            .collect(ImmutableList.toImmutableList());
    try (FlatTokenWriter writer = new FlatTokenWriter(output, replace, names, metadata)) {
      for (int s = 0; s < spec.sequences(); s++) {
        SplittableRandom random = random("sequence", s);
        int domain = random.nextInt(spec.domains());
        int token = random.nextInt(spec.vocabulary());
        for (int i = 0; i < spec.sequenceLength(); i++) {
          writer.add(token, domain);
          if (random.nextDouble() < spec.switchProbability()) {
            domain = random.nextInt(spec.domains());
          }
          token = chains.get(domain).next(token, random);
        }
      }
      writer.finish();
    }
  }

  // Named by what it draws, so that more sequences or domains leave the others as they are.
  private SplittableRandom random(String name, int index) {
    return new SplittableRandom(
        spec.seed() * 0x9E3779B97F4A7C15L + name.hashCode() * 0x1_0000_0001L + index);
  }
}
