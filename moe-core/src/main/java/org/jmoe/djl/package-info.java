/**
 * MoE models under DJL's own trainer: a model that outputs its routing, and a loss that reads it.
 */
@NullMarked
package org.jmoe.djl;

import org.jspecify.annotations.NullMarked;
