/** The {@code jmoe} command. */
@NullMarked
package org.jmoe.app.cli;

import org.jspecify.annotations.NullMarked;
