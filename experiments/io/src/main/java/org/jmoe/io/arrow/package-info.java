/** Arrow IPC files: zero-copy column reads and tables. */
@NullMarked
package org.jmoe.io.arrow;

import org.jspecify.annotations.NullMarked;
