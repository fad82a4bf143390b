/** Tests of the command line. */
@NullMarked
package org.jmoe.experiments.cli;

import org.jspecify.annotations.NullMarked;
