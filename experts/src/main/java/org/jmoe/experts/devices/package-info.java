/** Experts spread over several devices: placement, shards and transport between them. */
@NullMarked
package org.jmoe.experts.devices;

import org.jspecify.annotations.NullMarked;
