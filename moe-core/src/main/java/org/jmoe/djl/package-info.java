/**
 * MoE models in DJL's trainer: a model that outputs its routing signals and a loss that uses them.
 */
@NullMarked
package org.jmoe.djl;

import org.jspecify.annotations.NullMarked;
