/** Performance benchmarks. */
@NullMarked
package org.jmoe.app.bench;

import org.jspecify.annotations.NullMarked;
