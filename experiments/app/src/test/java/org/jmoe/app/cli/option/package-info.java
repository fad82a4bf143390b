/** Tests of the command line. */
@NullMarked
package org.jmoe.app.cli.option;

import org.jspecify.annotations.NullMarked;
