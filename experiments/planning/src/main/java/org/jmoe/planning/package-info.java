/**
 * Paper planning: what a model of any size would need on a cluster, from its sizes alone. Nothing
 * is built and nothing is trained; every formula stands beside its source, and {@code
 * docs/planning.md} compares what they predict with what was published.
 */
@NullMarked
package org.jmoe.planning;

import org.jspecify.annotations.NullMarked;
