/**
 * Arrow IPC files: columns read without copies, tables written; off-heap memory has one owner each.
 */
@NullMarked
package org.jmoe.io.arrow;

import org.jspecify.annotations.NullMarked;
