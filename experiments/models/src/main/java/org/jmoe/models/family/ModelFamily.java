package org.jmoe.models.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.extension.Named;
import org.jmoe.transformer.ModelSpec;

/**
 * A family of published models: how its {@code config.json} is read and which tensor of its files
 * goes where. jmoe's own families and those of users are contributed in the same way:
 *
 * <pre>{@code
 * to.value(ModelFamily.class, new MyFamily());
 * }</pre>
 *
 * <p>Every command that opens a published checkpoint then opens those of the family.
 */
public interface ModelFamily extends Named {
  /** The first of the model types. */
  @Override
  default String name() {
    return modelTypes().get(0);
  }

  /** Values of {@code model_type} in configurations of this family; at least one. */
  ImmutableList<String> modelTypes();

  /** Class names that {@code architectures} may contain, those of causal language models. */
  ImmutableList<String> classNames();

  /**
   * Values of fields that a configuration does not have, as in the family's configuration class in
   * Transformers: integers, numbers, strings and booleans. A field without a value here is required
   * or optional, as {@link #plan} reads it.
   */
  default ImmutableMap<String, Object> defaults() {
    return ImmutableMap.of();
  }

  /** Second names of fields by the name that {@link #plan} reads. */
  default ImmutableMap<String, String> aliases() {
    return ImmutableMap.of();
  }

  /**
   * Describes the model of a configuration and the places of its tensors.
   *
   * @throws org.jmoe.io.DataFormatException naming a field that is missing, impossible or not
   *     implemented
   */
  HubPlan plan(HubConfig config);

  /**
   * The {@code config.json} of a model that was trained here.
   *
   * @throws IllegalArgumentException stating what of the model the family does not have, as the
   *     predicate of a sentence; by default that none can be written
   */
  default ObjectNode config(ModelSpec spec) {
    throw new IllegalArgumentException("cannot be written as " + name());
  }
}
