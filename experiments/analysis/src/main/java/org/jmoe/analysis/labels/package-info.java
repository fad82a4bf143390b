/** Token labels, and how experts specialise with respect to them. */
@NullMarked
package org.jmoe.analysis.labels;

import org.jspecify.annotations.NullMarked;
