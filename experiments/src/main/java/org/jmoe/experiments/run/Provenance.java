package org.jmoe.experiments.run;

/**
 * Where a result comes from, as {@code provenance.json}.
 *
 * @param code that ran
 * @param machine it ran on
 * @param data file of the tokens
 * @param dataSha256 of that file's content
 */
public record Provenance(CodeVersion code, Machine machine, String data, String dataSha256) {}
