/** Options and terminal output that commands share. */
@NullMarked
package org.jmoe.app.cli.option;

import org.jspecify.annotations.NullMarked;
