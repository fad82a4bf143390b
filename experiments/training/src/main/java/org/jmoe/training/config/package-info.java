/** Run configuration: {@code run.json}, presets, overrides, and sources of data and weights. */
@NullMarked
package org.jmoe.training.config;

import org.jspecify.annotations.NullMarked;
