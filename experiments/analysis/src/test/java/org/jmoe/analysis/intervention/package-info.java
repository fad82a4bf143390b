@NullMarked
package org.jmoe.analysis.intervention;

import org.jspecify.annotations.NullMarked;
