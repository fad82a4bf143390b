package org.jmoe.training.config;

/**
 * A configuration by name.
 *
 * @param name as on the command line
 * @param description for a list
 * @param config what runs
 */
public record Preset(String name, String description, RunConfig config) {}
