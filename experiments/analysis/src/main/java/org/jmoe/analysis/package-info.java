/** Routing statistics of a model over real tokens, accumulated on the host batch by batch. */
@NullMarked
package org.jmoe.analysis;

import org.jspecify.annotations.NullMarked;
