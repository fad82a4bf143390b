/** Measurements of speed. */
@NullMarked
package org.jmoe.app.bench;

import org.jspecify.annotations.NullMarked;
