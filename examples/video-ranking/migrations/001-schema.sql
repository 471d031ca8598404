-- The service's role gets its privileges from the owner's default privileges (components/postgres-database.ts of the program): nothing is granted here.

create table video (
    id text primary key,
    title text not null,
    creator text not null,
    subject text not null
);
create index video_by_creator on video (creator);
create index video_by_subject on video (subject);

-- Points of a video from everyone. They halve in six hours; updated_at is when they were last worked out.
create table popularity (
    video text primary key references video (id) on delete cascade,
    points double precision not null,
    updated_at timestamptz not null
);

-- How much a user likes a subject, by the user's own events. It halves in a week.
create table interest (
    user_id text not null,
    subject text not null,
    points double precision not null,
    updated_at timestamptz not null,
    primary key (user_id, subject)
);
