/** Commands for data files. */
@NullMarked
package org.jmoe.app.cli.data;

import org.jspecify.annotations.NullMarked;
