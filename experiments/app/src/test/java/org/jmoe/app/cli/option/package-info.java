/** Tests of command-line options and output. */
@NullMarked
package org.jmoe.app.cli.option;

import org.jspecify.annotations.NullMarked;
