/** Who may open which page; others are sent to log in, and come back afterwards. */
import { inject } from '@angular/core';
import { CanActivateFn, Router } from '@angular/router';
import { Session } from '../api/session';

function guard(allows: (session: Session, userId: string | null) => boolean): CanActivateFn {
  return async (route, state) => {
    const session = inject(Session);
    const router = inject(Router);
    await session.ready;
    if (!session.user()) return router.createUrlTree(['/login'], { queryParams: { next: state.url } });
    return allows(session, route.paramMap.get('userId')) || router.createUrlTree(['/']);
  };
}

export const usersOnly = guard(() => true);
export const adminsOnly = guard((session) => session.isAdmin());
export const ownersOnly = guard((session, userId) => String(session.user()?.id) === userId);
