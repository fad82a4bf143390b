/** Tests of published checkpoints. */
@NullMarked
package org.jmoe.experiments.hub;

import org.jspecify.annotations.NullMarked;
