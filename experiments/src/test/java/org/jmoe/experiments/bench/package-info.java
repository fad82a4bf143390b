@NullMarked
package org.jmoe.experiments.bench;

import org.jspecify.annotations.NullMarked;
