/** The planning command. */
@NullMarked
package org.jmoe.app.cli.plan;

import org.jspecify.annotations.NullMarked;
