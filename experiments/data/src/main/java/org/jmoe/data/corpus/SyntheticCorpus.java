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
 * Synthetic text with known domains: each domain is a first-order Markov chain with its own
 * transition table, so an ideal expert models one chain. Specialisation can be scored against the
 * true domains, and the loss against the entropy of the chains.
 */
public final class SyntheticCorpus {
  private final Spec spec;
  private final ImmutableList<MarkovChain> chains;

  /**
   * Parameters of the corpus.
   *
   * @param domains number of chains
   * @param vocabulary vocabulary size, shared by all domains
   * @param sharpness predictability of the chains: 0 gives uniform transitions, 5 makes few
   *     successors likely
   * @param sequences number of sequences per domain, or in total if domains switch
   * @param sequenceLength tokens per sequence
   * @param switchProbability probability per token of switching the domain; 0 for one domain per
   *     sequence
   * @param seed random seed
   */
  public record Spec(
      int domains,
      int vocabulary,
      double sharpness,
      int sequences,
      int sequenceLength,
      double switchProbability,
      long seed) {
    private static final int MAX_LENGTH = 1 << 24;
    private static final long MAX_TRANSITIONS = 1 << 27; // 1 GiB

    /** Validates the ranges. */
    public Spec {
      require(domains >= 1, "number of domains", domains, "at least 1");
      require(vocabulary >= 2 && vocabulary <= 8192, "vocabulary", vocabulary, "in [2, 8192]");
      require(sharpness >= 0 && sharpness <= 50, "sharpness", sharpness, "in [0, 50]");
      require(sequences >= 1, "number of sequences", sequences, "at least 1");
      require(
          sequenceLength >= 1 && sequenceLength <= MAX_LENGTH,
          "sequence length",
          sequenceLength,
          "in [1, " + MAX_LENGTH + "]");
      long transitions = (long) domains * vocabulary * vocabulary;
      require(
          transitions <= MAX_TRANSITIONS,
          "number of transitions, domains times vocabulary squared,",
          transitions,
          "at most " + MAX_TRANSITIONS);
      require(
          switchProbability >= 0 && switchProbability <= 1,
          "switch probability",
          switchProbability,
          "in [0, 1]");
    }

    /** Returns a corpus of 512 sequences of 129 tokens per domain, of seed 1. */
    public static Spec of(int domains, int vocabulary, double sharpness) {
      return new Spec(domains, vocabulary, sharpness, 512, 129, 0, 1);
    }

    /** Returns a copy with another number and length of sequences. */
    public Spec withSequences(int count, int length) {
      return new Spec(domains, vocabulary, sharpness, count, length, switchProbability, seed);
    }

    /** Returns a copy whose domains switch with a probability per token. */
    public Spec withSwitching(double probability) {
      return new Spec(domains, vocabulary, sharpness, sequences, sequenceLength, probability, seed);
    }

    /** Returns a copy with another seed. */
    public Spec withSeed(long other) {
      return new Spec(
          domains, vocabulary, sharpness, sequences, sequenceLength, switchProbability, other);
    }

    /** Returns the number of tokens of the corpus. */
    public double tokens() {
      return (double) sequenceLength * sequences * (switchProbability > 0 ? 1 : domains);
    }

    private static void require(boolean valid, String name, Number value, String range) {
      if (!valid) {
        throw new IllegalArgumentException(
            "The %s is %s; it must be %s.".formatted(name, value, range));
      }
    }
  }

  /** Samples the transition tables. */
  public SyntheticCorpus(Spec spec) {
    this.spec = spec;
    this.chains =
        IntStream.range(0, spec.domains())
            .mapToObj(d -> new MarkovChain(spec.vocabulary(), spec.sharpness(), random("chain", d)))
            .collect(ImmutableList.toImmutableList());
  }

  /** Returns the chain of a domain. */
  public MarkovChain chain(int domain) {
    return chains.get(domain);
  }

  /** Returns the name of a domain in files. */
  public static String name(int domain) {
    return "domain-" + domain;
  }

  /**
   * Writes the corpus as an Arrow file with one row per sequence, or, if domains switch within a
   * sequence, as a flat column with a domain per token.
   *
   * @param replace whether to replace an existing file
   * @param heldOut selects validation sequences; not used for a flat column
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

  // Seeded by name, so adding sequences or domains does not change the others.
  private SplittableRandom random(String name, int index) {
    return new SplittableRandom(
        spec.seed() * 0x9E3779B97F4A7C15L + name.hashCode() * 0x1_0000_0001L + index);
  }
}
