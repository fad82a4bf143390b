/** First contact: programs to copy and change. */
@NullMarked
package org.jmoe.experiments.examples;

import org.jspecify.annotations.NullMarked;
