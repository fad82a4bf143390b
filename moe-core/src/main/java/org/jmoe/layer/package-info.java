/** The MoE layer: what decides, what computes, what judges, and how results leave a DJL model. */
@NullMarked
package org.jmoe.layer;

import org.jspecify.annotations.NullMarked;
