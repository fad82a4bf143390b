/**
 * The configuration of a run: {@code run.json}, presets, overrides and where data and weights come
 * from.
 */
@NullMarked
package org.jmoe.training.config;

import org.jspecify.annotations.NullMarked;
