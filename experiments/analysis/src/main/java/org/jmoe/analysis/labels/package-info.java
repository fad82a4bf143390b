/** Labels of tokens, and how much an expert tells about them. */
@NullMarked
package org.jmoe.analysis.labels;

import org.jspecify.annotations.NullMarked;
