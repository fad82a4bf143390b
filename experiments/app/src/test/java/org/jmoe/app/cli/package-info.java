/** Tests of the command line. */
@NullMarked
package org.jmoe.app.cli;

import org.jspecify.annotations.NullMarked;
