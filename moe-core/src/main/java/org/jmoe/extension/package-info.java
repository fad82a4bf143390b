/**
 * Registration of routers, losses, experts, experiments and other components by modules and users.
 */
@NullMarked
package org.jmoe.extension;

import org.jspecify.annotations.NullMarked;
