package org.jmoe.models.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import org.jmoe.extension.Named;
import org.jmoe.transformer.ModelSpec;

/**
 * A family of published models. It reads {@code config.json} and maps the tensors of the files to
 * parameters. Built-in and custom families are registered in the same way:
 *
 * <pre>{@code
 * to.value(ModelFamily.class, new MyFamily());
 * }</pre>
 *
 * <p>Every command that opens a published checkpoint then supports the family.
 */
public interface ModelFamily extends Named {
  /** Returns the first of the model types. */
  @Override
  default String name() {
    return modelTypes().get(0);
  }

  /** Returns the values of {@code model_type} in configurations of this family; at least one. */
  ImmutableList<String> modelTypes();

  /** Returns the class names of causal language models that {@code architectures} may contain. */
  ImmutableList<String> classNames();

  /**
   * Returns the default values of absent fields, as in the configuration class of the family in
   * Transformers: integers, numbers, strings and booleans. Whether a field without a default is
   * required or optional depends on how {@link #plan} reads it.
   */
  default ImmutableMap<String, Object> defaults() {
    return ImmutableMap.of();
  }

  /** Returns alternative names of fields, keyed by the name that {@link #plan} reads. */
  default ImmutableMap<String, String> aliases() {
    return ImmutableMap.of();
  }

  /**
   * Returns whether checkpoints have further parts, such as a vision tower, that jmoe does not read
   * and therefore cannot write back.
   */
  default boolean isPartial() {
    return false;
  }

  /**
   * Returns the model that a configuration describes and the mapping of its tensors.
   *
   * @throws org.jmoe.io.DataFormatException if a field is missing, invalid or not implemented
   */
  HubPlan plan(HubConfig config);

  /**
   * Returns the fields with the sizes of the experts, which pruning, merging and splitting change;
   * by default none, so that these are not supported.
   */
  default Optional<ExpertFields> expertFields() {
    return Optional.empty();
  }

  /**
   * Returns the {@code config.json} of a model that was trained with jmoe; see {@link ModelFields}.
   * A setting that the family has no field for may be left out: the export reads the configuration
   * back with {@link #plan} and rejects it if that gives another model. The default implementation
   * supports no model.
   *
   * @throws IllegalArgumentException if the family cannot express the model; the message is the
   *     predicate of a sentence that states why
   */
  default ObjectNode config(ModelSpec spec) {
    throw new IllegalArgumentException("cannot be written as " + name());
  }
}
