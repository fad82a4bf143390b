/** Sizes of models to plan for: layers, parameters, published architectures. */
@NullMarked
package org.jmoe.planning.model;

import org.jspecify.annotations.NullMarked;
