package org.jmoe.training.config;

/**
 * A named configuration.
 *
 * @param name name on the command line
 * @param description one-line description
 * @param config configuration of the run
 */
public record Preset(String name, String description, RunConfig config) {}
