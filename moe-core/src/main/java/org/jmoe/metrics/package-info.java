/** Host numbers about routing, for people and files. */
@NullMarked
package org.jmoe.metrics;

import org.jspecify.annotations.NullMarked;
