/**
 * Opens, checks, runs and writes published checkpoints in the Hugging Face layout. The
 * architectures are in {@code org.jmoe.models.published}.
 */
@NullMarked
package org.jmoe.models.hub;

import org.jspecify.annotations.NullMarked;
