/** The MoE layer and its interfaces: routers, experts, auxiliary losses and routing signals. */
@NullMarked
package org.jmoe.layer;

import org.jspecify.annotations.NullMarked;
