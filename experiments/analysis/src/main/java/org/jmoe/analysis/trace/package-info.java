/** Path of a text through the experts, token by token. */
@NullMarked
package org.jmoe.analysis.trace;

import org.jspecify.annotations.NullMarked;
